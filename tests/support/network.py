"""No test reaches beyond this machine."""

import ipaddress
import socket

LOCAL_NAMES = {"localhost", "", None}


class NetworkBlocked(RuntimeError):
    """A test tried to reach another machine."""


def _check(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in LOCAL_NAMES:
        return
    try:
        if ipaddress.ip_address(str(name).split("%")[0]).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkBlocked(f"a test tried to reach {name}")


def block_network() -> None:
    """Refuse look-ups and connections other than loopback and Unix sockets, for good."""
    look_up, connect, connect_ex = (
        socket.getaddrinfo,
        socket.socket.connect,
        socket.socket.connect_ex,
    )

    def guarded_look_up(host, *args, **kwargs):
        _check(host)
        return look_up(host, *args, **kwargs)

    def guarded(original):
        def call(self, address):
            if self.family in (socket.AF_INET, socket.AF_INET6):
                _check(address[0])
            return original(self, address)

        return call

    socket.getaddrinfo = guarded_look_up
    socket.socket.connect = guarded(connect)
    socket.socket.connect_ex = guarded(connect_ex)
