"""Codes are handed to the gateway beside the request that asked for them; what fails is left to the
job.
"""

from threading import Thread
from time import monotonic, sleep

from flask import current_app

from app.services.outbox import queue as outbox_queue
from app.web.context import context, runtime

# What a gateway usually takes. The answer for a number nobody has waits as long (V6.3.8).
HAND_OVER_SECONDS = 0.15


def hand_over(outbox_ids: tuple[int, ...]) -> None:
    """Hand messages over beside the request, which waits a fixed time: a fast gateway is done by
    then, a slow one does not show in the answer's time, and what neither did the job sends
    (V6.3.8).
    """
    shortest, longest = current_app.config.get(
        "HAND_OVER_SECONDS", (HAND_OVER_SECONDS, HAND_OVER_SECONDS)
    )
    factory, began = runtime().sessions, monotonic()
    if outbox_ids and factory is not None:
        # Daemon: a server that stops does not wait for a gateway; the message is leased and the job
        # sends it.
        sending = Thread(
            target=outbox_queue.send_now, args=(factory, context(), outbox_ids), daemon=True
        )
        sending.start()
        sending.join(longest)

    sleep(max(0, began + shortest - monotonic()))
