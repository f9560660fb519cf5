"""A signed agreement of 36 instalments, beside the bare tools on the very same document: typst with
the same template and values, then a seal by pyHanko.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import segno
import typst
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.functions import sign_pdf
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.config import Settings
from app.integrations.documents.fonts import font_folders
from app.integrations.documents.typst_maker import TEMPLATES
from app.integrations.signing.keys import make_development_key, read_signing_key
from app.integrations.signing.reading import plain_key, read_anew
from app.integrations.signing.stamps import HEX, RESERVED_BYTES
from app.wiring import make_gateways
from tests.bench.timing import Pair, heading, measure
from tests.support.agreements import a_text, paper_of

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        gateways = make_gateways(Settings.from_env({"INSTANCE_DIR": folder}))
        pem = Path(folder, "signing.pem")
        make_development_key(pem)
        key = read_signing_key(pem, certificate_file=pem)
        compiler = typst.Compiler(
            TEMPLATES / "agreement.typ",
            root=TEMPLATES,
            font_paths=typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=False,
                font_paths=font_folders(),
            ),
            ignore_system_fonts=True,
        )
        (own,) = read_anew([key.certificate])
        bare_signer = SimpleSigner(
            signing_cert=own, signing_key=plain_key(key), cert_registry=SimpleCertificateStore()
        )
        values = paper_of(a_text(periods=36))
        # The picture of the code is a value like the others.
        code = segno.make_qr(values["check_url"], error="m").svg_inline(border=0, omitsize=True)
        given = {"values": json.dumps({**values, "check_qr": code}, ensure_ascii=False)}
        yield Pair(
            "signed PDF, 36 instalments",
            ours=lambda: gateways.signer.sign(
                gateways.documents.make("agreement", values), reason="-", at=AT
            ),
            bare=lambda: (
                sign_pdf(
                    IncrementalPdfFileWriter(
                        BytesIO(
                            compiler.compile(
                                format="pdf",
                                sys_inputs=given,
                                pdf_standards=["a-3b"],
                                timestamp=0,
                            )
                        )
                    ),
                    PdfSignatureMetadata("Seal"),
                    bare_signer,
                    # Else it signs twice, to know how much room a signature takes.
                    bytes_reserved=HEX * RESERVED_BYTES,
                )
                .getbuffer()
                .nbytes
            ),
            rounds=20,
        )


if __name__ == "__main__":
    with pair() as papers:
        print(heading())
        print(measure(papers))
