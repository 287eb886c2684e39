/** Asks a question with the generated client: address, key and question are the arguments. */

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: [string, string, string, string, string] };

const [, , baseUrl, key, question] = process.argv;

function client(secret: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${secret}` } });
}

const { data, error } = await client(key).POST("/v1/ask", { body: { question } });
if (data === undefined || typeof data === "string") {
  throw new Error(`refused: ${error?.detail ?? "a stream came"}`);
}
const answer: components["schemas"]["Answer"] = data;
console.log(answer.status, answer.text);
for (const citation of answer.citations) {
  console.log(citation.number, citation.uri, citation.quote);
}

const refused = await client("fn_wrong").GET("/v1/me");
if (refused.error !== undefined) console.log(refused.error.status, refused.error.detail);
