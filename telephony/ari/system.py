"""The exchange itself: what runs, telephones, applications, prompts, calls offered to several workers."""

from collections.abc import Sequence

from telephony.ari.models import Application, AsteriskInfo, Endpoint, Sound, Variable
from telephony.ari.transport import Transport


class System:
    """`/asterisk` and `/sounds`."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def ping(self) -> None:
        """Ask whether it is there. Raises `Unreachable`, `AccessDenied`."""
        self._exchange.ask("GET", "/asterisk/ping")

    def info(self) -> AsteriskInfo:
        """Its version, its id, and since when it runs: a changed start means that every call is gone."""
        return self._exchange.one(AsteriskInfo, "GET", "/asterisk/info", only="system,status")

    def variable(self, name: str) -> str:
        """The value of a global variable; empty when there is none."""
        return self._exchange.one(Variable, "GET", "/asterisk/variable", variable=name).value

    def sounds(self, language: str | None = None) -> list[Sound]:
        """The prompts that it has."""
        return self._exchange.many(Sound, "GET", "/sounds", lang=language)


class Endpoints:
    """`/endpoints`."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def list(self, technology: str = "PJSIP") -> list[Endpoint]:
        """Every telephone and trunk of a technology."""
        return self._exchange.many(Endpoint, "GET", "/endpoints/{tech}", {"tech": technology})

    def get(self, resource: str, technology: str = "PJSIP") -> Endpoint:
        """One of them. Raises `Gone`."""
        return self._exchange.one(Endpoint, "GET", "/endpoints/{tech}/{resource}", {"tech": technology, "resource": resource})


class Applications:
    """`/applications`, and the calls that several of them are offered."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def get(self, name: str) -> Application:
        """One application; it stays listed after its process died. Raises `Gone`."""
        return self._exchange.one(Application, "GET", "/applications/{applicationName}", {"applicationName": name})

    def subscribe(self, name: str, *sources: str) -> Application:
        """Have the events of `channel:…`, `bridge:…`, `endpoint:PJSIP/…` too."""
        return self._exchange.one(
            Application, "POST", "/applications/{applicationName}/subscription", {"applicationName": name}, eventSource=",".join(sources)
        )

    def unsubscribe(self, name: str, *sources: str) -> None:
        """And no longer."""
        self._exchange.ask(
            "DELETE", "/applications/{applicationName}/subscription", {"applicationName": name}, eventSource=",".join(sources)
        )

    def only(self, name: str, kinds: Sequence[str]) -> Application:
        """Send events of these kinds and no others: each costs the exchange and us."""
        body = {"allowed": [{"type": kind} for kind in kinds]}
        return self._exchange.one(Application, "PUT", "/applications/{applicationName}/eventFilter", {"applicationName": name}, body=body)

    def claim(self, channel: str, name: str) -> None:
        """Take a call that several applications are offered. Raises `Busy` when another was first."""
        self._exchange.ask("POST", "/events/claim", channelId=channel, application=name)
