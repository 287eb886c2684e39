"""Asks a question with the generated client: address, key and question are the arguments."""

import sys

from footnote_client import AuthenticatedClient
from footnote_client.api.asking import ask, me
from footnote_client.models import Answer, AskIn, Problem

_, address, key, question = sys.argv

with AuthenticatedClient(base_url=address, token=key) as client:
    answer = ask.sync(client=client, body=AskIn(question=question))
    if not isinstance(answer, Answer):
        raise SystemExit(f"refused: {answer}")
    print(answer.status.value, answer.text)
    for citation in answer.citations:
        print(citation.number, citation.uri, citation.quote)

with AuthenticatedClient(base_url=address, token="fn_wrong") as client:
    refused = me.sync(client=client)
    if isinstance(refused, Problem):
        print(refused.status, refused.detail)
