"""Papers in tests of services: a maker that takes bytes as they are, files in a folder."""

import io
from contextlib import contextmanager
from dataclasses import replace

from app.domain.errors import GatewayDown
from app.integrations.storage.disk import DiskStorage
from app.ports.pictures import PictureRefused
from app.services.evidence.adding import Upload, add_evidence
from app.services.evidence.asking import ask_document
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import actor_of

PAGE = b"\xff\xd8 a page of a letter \xff\xd9"
WORDS = "工资截图看不到月份，麻烦补一张单位的证明，谢谢。"


class AsItComes:
    """Two pages of what it was given; refuses what says so."""

    def pictures(self, content):
        if content == b"broken":
            raise PictureRefused("unreadable")
        return content, content + b"2"


class FullDisk(DiskStorage):
    """Takes the first page, and has no room for the second."""

    @contextmanager
    def writing(self, name):
        if name.endswith("/2"):
            raise GatewayDown("No space left on device")
        with super().writing(name) as file:
            yield file


def evidence_context(vault, folder, *, storage=DiskStorage, site=None, staff=None, **values):
    context = acting(vault=vault, site=site, staff=staff, **values)
    return replace(
        context,
        gateways=replace(context.gateways, papers=storage(folder), pictures=AsItComes()),
    )


def upload(**values) -> Upload:
    given = {
        "topic": "income",
        "kind": "employer_letter",
        "content": PAGE,
        "has_consented": False,
    }
    return Upload(**(given | values))


def give(session, vault, folder, borrower, version, *, now=NOW, storage=DiskStorage, **values):
    context = evidence_context(vault, folder, storage=storage, now=now, actor=actor_of(borrower))
    return add_evidence(
        session,
        context,
        borrower_id=borrower.id,
        version_public_id=version,
        upload=upload(**values),
    )


def ask(session, vault, site, version, staff, *, now=NOW, topic="income", key="q1", words=WORDS):
    ask_document(
        session,
        acting(vault=vault, site=site, staff=staff, now=now),
        version_public_id=version,
        topic=topic,
        words=words,
        request_key=key,
    )


def stored(folder) -> list[bytes]:
    """Every file there is, as it lies on disk."""
    return [one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()]


def in_file(content: bytes, name="IMG_0001.jpg"):
    return io.BytesIO(content), name
