"""How far it is for who goes a way: screens that came, taps it took."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

# A finger or a mouse comes down once for each link, button and tick; typing does not.
TAPPED = "document.addEventListener('pointerdown', () => window.tapped(), true)"


@dataclass
class Steps:
    """What was seen and tapped since counting began."""

    screens: list[str] = field(default_factory=list)
    taps: int = 0

    def __str__(self) -> str:
        return f"{len(self.screens)} screens, {self.taps} taps"

    def tapped(self) -> None:
        self.taps += 1


def count_steps(page: Page) -> Steps:
    """Count from here on: every page that loads, and every tap."""
    steps = Steps()
    page.expose_function("tapped", steps.tapped)
    page.add_init_script(TAPPED)
    page.on("load", lambda: steps.screens.append(page.url))
    return steps
