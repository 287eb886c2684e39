"""`footnote keys` and `footnote people`: who may ask, and with which rights."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.connected import AsJson, Groups, connected, show_list

keys_app = typer.Typer(help="API keys: who may ask, and with which rights.", no_args_is_help=True)
people_app = typer.Typer(
    help="People by e-mail address, for whom chat bots act.", no_args_is_help=True
)


@keys_app.command("create")
def keys_create(
    name: str,
    role: Annotated[str, typer.Option(help="`employee`, `admin` or `bot`.")] = "employee",
    group: Groups = None,
    expires_at: Annotated[
        str | None, typer.Option(help="For instance 2027-01-31T00:00:00Z.")
    ] = None,
) -> None:
    """Make a key; it is shown once."""
    body: dict[str, Any] = {"name": name, "role": role, "groups": group or []}
    if expires_at:
        body["expires_at"] = expires_at
    with connected() as client:
        print(client.call("POST", "/v1/admin/keys", body)["key"])


@keys_app.command("list")
def keys_list(as_json: AsJson = False) -> None:
    """Every key without its secret."""
    with connected() as client:
        found = client.call("GET", "/v1/admin/keys")
    show_list(
        found,
        ["id", "name", "role", "groups", "expires", "last used"],
        (
            [
                one["id"],
                one["name"],
                one["role"],
                ", ".join(one["groups"]),
                one["expires_at"] or "",
                one["last_used_at"] or "",
            ]
            for one in found["keys"]
        ),
        as_json=as_json,
    )


@keys_app.command("revoke")
def keys_revoke(key_id: str) -> None:
    """Delete a key; it opens nothing from now on."""
    with connected() as client:
        client.call("DELETE", f"/v1/admin/keys/{key_id}")


@people_app.command("add")
def people_add(
    email: str,
    name: Annotated[str, typer.Option(help="As shown to admins.")] = "",
    group: Groups = None,
    role: Annotated[str, typer.Option(help="`employee` or `admin`.")] = "employee",
) -> None:
    """Add or change a person."""
    body = {"email": email, "name": name or email, "groups": group or [], "role": role}
    with connected() as client:
        client.call("POST", "/v1/admin/people", body)


@people_app.command("list")
def people_list(as_json: AsJson = False) -> None:
    """Everybody who is known, with their groups."""
    with connected() as client:
        found = client.call("GET", "/v1/admin/people")
    show_list(
        found,
        ["email", "name", "role", "groups"],
        (
            [one["email"], one["name"], one["role"], ", ".join(one["groups"])]
            for one in found["people"]
        ),
        as_json=as_json,
    )


@people_app.command("remove")
def people_remove(email: str) -> None:
    """Forget a person."""
    with connected() as client:
        client.call("DELETE", f"/v1/admin/people/{email}")
