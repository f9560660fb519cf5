"""A signed agreement of 36 instalments, beside the bare tools on a one-line document: typst, then a
seal by pyHanko.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import typst
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.functions import sign_pdf
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.config import Settings
from app.integrations.signing.keys import make_development_key, read_signing_key
from app.integrations.signing.reading import plain_key, read_anew
from app.wiring import make_gateways
from tests.bench.timing import Pair
from tests.support.agreements import a_text, paper_of

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        gateways = make_gateways(Settings.from_env({"INSTANCE_DIR": folder}))
        pem = Path(folder, "signing.pem")
        make_development_key(pem)
        key = read_signing_key(pem, certificate_file=pem)
        source = Path(folder, "bare.typ")
        source.write_text("one line", encoding="ascii")
        compiler = typst.Compiler(source)
        (own,) = read_anew([key.certificate])
        bare_signer = SimpleSigner(
            signing_cert=own, signing_key=plain_key(key), cert_registry=SimpleCertificateStore()
        )
        text = a_text(periods=36)
        yield Pair(
            "signed PDF, 36 instalments",
            ours=lambda: gateways.signer.sign(
                gateways.documents.make("agreement", paper_of(text)), reason="-", at=AT
            ),
            bare=lambda: (
                sign_pdf(
                    IncrementalPdfFileWriter(BytesIO(compiler.compile(format="pdf"))),
                    PdfSignatureMetadata("Seal"),
                    bare_signer,
                )
                .getbuffer()
                .nbytes
            ),
            rounds=20,
        )
