"""Rows of people in a map that nobody went on with go after a month."""

from datetime import timedelta

from app.services.maps.forgetting import forget_samples
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.maps import drafted, in_use, map_row


def test_drafts_of_a_month_ago_are_dropped_with_their_samples(session, vault, wu, chen):
    draft = drafted(session, vault, wu, "plain.csv", called="甲").public_id
    kept = in_use(session, vault, wu, chen, "plain.csv", called="乙").public_id
    for days, count in ((29, 0), (31, 1), (31, 0)):
        context = acting(now=NOW + timedelta(days=days), vault=vault)
        assert forget_samples(session, context, limit=10) == count
    found = map_row(session, draft)
    assert (found.state, found.sample_enc) == ("dropped", None)
    assert map_row(session, kept).state == "active"
