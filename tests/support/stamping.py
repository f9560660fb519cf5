"""Authorities that stamp seals with the time, as an operator has one: on the network, late, down
or wrong.
"""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys, tsp
from asn1crypto import x509 as plain_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from app.domain.errors import GatewayDown
from app.integrations.signing.authorities import LocalAuthority
from app.integrations.signing.keys import make_development_authority, read_signing_key
from app.integrations.signing.pades import PadesSigner
from app.integrations.signing.reading import read_anew

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
DER = serialization.Encoding.DER
REPLY = "application/timestamp-reply"


class NoAuthority:
    """Down for as long as it is in use."""

    async def stamp(self, digest, *, at):
        raise GatewayDown("time stamp: no answer")


def development_key(folder):
    """What development makes: a key that stamps, with its certificate, which is its own root."""
    make_development_authority(folder / "timestamp.pem")
    return read_signing_key(folder / "timestamp.pem", certificate_file=folder / "timestamp.pem")


def stamping_signer(key, folder, *, authority=None, roots=None):
    """The lender's signer with the authority of development, unless another is named."""
    made = development_key(folder)
    return PadesSigner(
        key,
        authority=authority or LocalAuthority(made),
        roots=read_anew(made.trusted) if roots is None else roots,
    )


class NetworkAuthority:
    """One on the network: pyHanko's, with a clock of its own; every way it may go wrong is a field.

    `usage` is what its certificate is for.
    """

    def __init__(self, at, *, usage=ExtendedKeyUsageOID.TIME_STAMPING):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "时间戳机构")])
        number = x509.random_serial_number()
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), number, FROM, UNTIL)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
            .sign(key, hashes.SHA256())
        )
        form = serialization.PrivateFormat.PKCS8
        private = key.private_bytes(DER, form, serialization.NoEncryption())
        self.root = plain_x509.Certificate.load(certificate.public_bytes(DER))
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        self._stamper = DummyTimeStamper(self.root, keys.PrivateKeyInfo.load(private), fixed_dt=at)
        self.asked, self.delay, self.status, self.kind = 0, 0, 200, REPLY
        self.change_request = self.change_reply = lambda it: it

    def reply(self, asked: bytes) -> bytes:
        self.asked += 1
        time.sleep(self.delay)
        request = self.change_request(tsp.TimeStampReq.load(asked))
        return self.change_reply(self._stamper.request_tsa_response(request).dump())


@contextmanager
def served(authority):
    """The address at which an authority answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.send_response(authority.status)
                self.send_header("Content-Type", authority.kind)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)
            except (BrokenPipeError, ConnectionResetError):
                pass  # whoever asked has gone: that is what a time limit does

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
