# SPDX-License-Identifier: Apache-2.0
"""Who asks: a token, or what gives one, and how it goes to the gateway."""

import asyncio
import contextlib
import inspect

from .closing import NEVER, meaning

UNAUTHENTICATED = 4401
DENIED = 401          # of HTTP: the same, said before there is a connection
MOST_IN_HEAD = 4096   # proxies take heads of 8 KB; what is longer goes in band
GIVE_SECONDS = 10


class Tokens:
    """`token`: a str, a function that gives one (or an awaitable of one, or None), or None."""

    def __init__(self, token):
        self.token, self.gives = token, callable(token)

    async def next(self) -> str | None:
        one = self.token() if self.gives else self.token
        return await asyncio.wait_for(one, GIVE_SECONDS) if inspect.isawaitable(one) else one

    def is_over(self, code) -> bool:
        """Whether to come back is of no use; whoever gives tokens may give another."""
        return meaning(code).come_back == NEVER and not (code == UNAUTHENTICATED and self.gives)


def fits_head(token) -> bool:
    return len(token) <= MOST_IN_HEAD and all("!" <= each <= "~" for each in token)


def with_token(headers, token):
    """The headers of a handshake that shows it: a mapping's, or of pairs."""
    pairs = headers.items() if hasattr(headers, "items") else headers or ()
    return [*pairs, ("Authorization", f"Bearer {token}")]


class Credential:
    """The part of a Connection that says in band who it is: of `owner`, `socket`, `ids` and `send()`."""

    token = None      # shown last
    entered = None    # an Event while nothing else may be asked

    async def enter(self, token):
        """Before all else. A gateway that knows no such request is spoken to all the same; one that refuses
        the token closes."""
        with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
            await asyncio.wait_for(self.authenticate(token), GIVE_SECONDS)
        self.entered.set()

    async def authenticate(self, token):
        """ConnectionError when it is not taken, or the connection ends."""
        number, future = f"auth {next(self.ids)}", asyncio.get_running_loop().create_future()
        self.auths[number], self.token = future, token
        try:
            await self.send({"op": "auth", "id": number, "token": token})
            await future
        finally:
            self.auths.pop(number, None)

    def on_answer(self, message):
        """-> whether it is the answer to one of these"""
        future = self.auths.get(message.id)
        if future is not None and not future.done():
            if message.type == "authenticated":
                future.set_result(None)
            else:
                future.set_exception(ConnectionError(message.message))
        return future is not None
