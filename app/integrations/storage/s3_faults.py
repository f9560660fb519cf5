"""What an S3-compatible store answers when it cannot, as our errors."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.domain.errors import GatewayDown, NotFound

# What a store says of an object. A 404 without it is a proxy's, or an address that is wrong.
ABSENT = "NoSuchKey"
log = logging.getLogger(__name__)


def is_absent(problem: Any) -> bool:
    """Tell whether an answer says that there is no such object."""
    return problem.response.get("Error", {}).get("Code") == ABSENT


@contextmanager
def told() -> Iterator[None]:
    """Ask the store. Raises: NotFound, GatewayDown."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as problem:
        if is_absent(problem):
            raise NotFound from problem
        # Its code and nothing else: an answer may repeat what was asked with.
        log.warning("file store refused: %s", problem.response.get("Error", {}).get("Code", "-"))
        raise GatewayDown from problem
    except (BotoCoreError, Boto3Error) as problem:
        log.warning("file store did not answer: %s", type(problem).__name__)
        raise GatewayDown from problem
