"""Where the server may send something: names are resolved here, private addresses refused, the address kept.

A name that is resolved twice may answer differently (DNS rebinding); what was checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pipeline.errors import InputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "168.63.129.16")
)
_INNER = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("::/96"))


class Target(NamedTuple):
    """A URL that may be called, at the address that was checked."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    address: str


class Guard:
    """Refuses what a request from inside must not reach. `allowed` are private networks that are meant."""

    def __init__(self, allowed: Sequence[str] = (), *, resolve: Resolve | None = None) -> None:
        self._allowed = [ipaddress.ip_network(network) for network in allowed]
        self._resolve = resolve or _resolve

    def check(self, url: str) -> Target:
        """The target of `url`, resolved. Raises `InputError` where it must not be called."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise InputError("url: not a URL", code="bad_url") from None
        if (
            parts.scheme not in ("https", "http")
            or not host
            or len(url) > 2000
            or not url.isascii()
            or not url.isprintable()
            or " " in url
        ):
            raise InputError("url: an https:// address of at most 2000 ASCII characters without spaces", code="bad_url")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise InputError("url: without user, password or fragment", code="bad_url")
        port = port or (443 if parts.scheme == "https" else 80)
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise InputError("url: its host cannot be resolved", code="host_unknown") from None
        addresses = [ipaddress.ip_address(text.split("%")[0]) for text in found]
        if not addresses or not all(self._may_reach(address) for address in addresses):
            raise InputError(
                "url: leads to a private, local or metadata address; the setting webhook_networks names those meant",
                code="address_refused",
            )
        if parts.scheme == "http" and not all(self._is_named(address) for address in addresses):
            raise InputError("url: https:// is needed outside the networks of webhook_networks", code="bad_url")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(url, parts.scheme, host, port, path, str(addresses[0]))

    def _may_reach(self, address: Address) -> bool:
        inner = _inner(address)
        if inner in METADATA or inner.is_link_local or inner.is_multicast or inner.is_unspecified:
            return False
        return self._is_named(inner) or (inner.is_global and not inner.is_reserved)

    def _is_named(self, address: Address) -> bool:
        inner = _inner(address)
        return any(inner.version == network.version and inner in network for network in self._allowed)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if int(address) > 1 and any(address in network for network in _INNER):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _resolve(host: str, port: int) -> Sequence[str]:
    found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
