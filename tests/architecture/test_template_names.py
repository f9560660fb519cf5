"""Templates take from each other only what is there: a wrong name fails here, not on a page."""

import re

from tests.support import source_rules as rules

TAKES = re.compile(r'{%-?\s*from "([^"]+)" import (.+?)(?: with context)?\s*-?%}', re.DOTALL)
GIVES = re.compile(r"{%-?\s*(?:macro|set) (\w+)")


def test_every_name_taken_from_a_template_is_in_it():
    folder = rules.ROOT / "app" / "templates"
    gives = {
        str(path.relative_to(folder)): set(GIVES.findall(path.read_text()))
        for path in rules.template_files()
    }
    taken = [
        (str(path.relative_to(folder)), source, name.split(" as ")[0].strip())
        for path in rules.template_files()
        for source, names in TAKES.findall(path.read_text())
        for name in names.split(",")
    ]
    assert taken
    assert [one for one in taken if one[2] not in gives[one[1]]] == []
