"""The page in a browser: scripts, toggles, readings, links, widths, dark, paper."""

import re
import shutil
from pathlib import Path

import pytest

from mpo_repro.analysis.results import load
from mpo_repro.config.files import CHECKOUT
from mpo_repro.report import derivations, page

pytestmark = pytest.mark.slow
LINKS = """[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))
  .filter(h => h[0] === '#' && !document.getElementById(h.slice(1)))"""
LIVE = "document.querySelector('#figure-curves-sampled .live')"
# "MPO: 614.6 at 50K"; where there is a band, its ends stand in brackets.
READING = re.compile(r": [\d.,]+( \([\d.,]+ to [\d.,]+\))? at [\d.]+K$")
OVERFLOW = """[document.documentElement.scrollWidth,
  document.documentElement.clientWidth]"""
INK = """(() => { const c = document.querySelector('canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser; without Chromium on this machine there is nothing to test."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium to open the page with")
    driver = _load_driver()
    opened = driver.Browser(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


def _load_driver():
    import importlib.util

    path = Path(__file__).with_name("browser.py")
    described = importlib.util.spec_from_file_location("browser", path)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def address(rich, tmp_path_factory):
    """The page of the study that has every kind of figure."""
    root = tmp_path_factory.mktemp("shown") / "results" / "made"
    shutil.copytree(rich.folder, root)
    for name in derivations.FILES:  # formulas and their drawings
        shutil.copy(CHECKOUT / "reports" / "laptop" / "data" / name, root / "data")
    return page.write(load(root)).as_uri()


def spoken(browser):
    """Reads the first panel's readings, "" while there are none."""
    return browser.run(f"{LIVE}.querySelector('.readout').innerText")


def test_nothing_is_complained_of_and_every_inner_link_leads_somewhere(
    browser, address
):
    browser.complaints.clear()
    browser.open(address)
    assert browser.run(LINKS) == []
    assert browser.run("document.querySelectorAll('a[href]').length") > 20
    assert browser.complaints == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_does_not_scroll_sideways(browser, address, width, dark):
    browser.open(address, width, dark)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true })")
    browser.run("new Promise(r => setTimeout(r, 500))")
    scrolled, available = browser.run(OVERFLOW)
    assert available == width
    assert scrolled <= available


TABLES = ("Scores", "Missing runs", "Time", "Numbers of the suite")
TABLES += ("Certificates", "Errata", "Settings", "Deviations from the paper")


@pytest.mark.parametrize("name", TABLES)
def test_on_a_telephone_tables_need_no_scrolling(browser, address, name):
    browser.open(address, 390)
    box = f"document.querySelector('[aria-label=\"{name}\"]')"
    assert browser.run(f"{box}.querySelectorAll('tr').length") > 1
    assert browser.run(f"{box}.scrollWidth - {box}.clientWidth") == 0


def test_cards_of_many_arms_name_those_that_differ(browser, address):
    cells = "[...document.querySelectorAll('table.cards td.arms')]"
    told = f"{cells}.map(c => c.textContent)"
    shown = f"{cells}.map(c => c.offsetHeight > 0)"
    browser.open(address, 390)
    differs = [": " in text for text in browser.run(told)]
    assert any(differs)
    assert browser.run(shown) == differs
    browser.open(address, 1280)
    assert all(browser.run(shown))


def test_a_card_says_what_its_numbers_are(browser, address):
    cell = "document.querySelector('[aria-label=Certificates] td.number')"
    label = f"getComputedStyle({cell}, '::before').content"
    browser.open(address, 390)
    assert browser.run(label) == '"Tried: "'
    browser.open(address, 1280)
    assert browser.run(label) == "none"


def test_a_toggle_hides_an_arm_in_every_panel(browser, address):
    browser.open(address)
    before = browser.run(INK)
    toggles = f"{LIVE}.querySelectorAll('input')"
    # Eleven arms with runs, and the published curve.
    assert browser.run(f"{toggles}.length") == 12
    browser.run(f"{toggles}.forEach(t => t.click())")
    assert browser.run(INK) < before
    browser.run(f"{toggles}.forEach(t => t.click())")
    assert browser.run(INK) == before


def test_pointing_reads_values_and_leaving_ends_it(browser, address):
    browser.open(address)
    box = f"{LIVE}.querySelector('.u-over')"
    browser.run(f"{box}.scrollIntoView({{block: 'center'}})")
    where = f"(() => {{ const b = {box}.getBoundingClientRect();"
    left, top, width, height = browser.run(
        f"{where} return [b.x, b.y, b.width, b.height]; }})()"
    )
    assert spoken(browser) == ""
    browser.point(left + width / 2, top + height / 2)
    browser.run("new Promise(r => setTimeout(r, 200))")
    rows = spoken(browser).splitlines()
    assert len(rows) == 8
    assert all(READING.search(row) for row in rows)
    browser.point(left + width / 2, top - 300)
    browser.run("new Promise(r => setTimeout(r, 200))")
    assert spoken(browser) == ""


def test_arrow_keys_read_values_too(browser, address):
    browser.open(address)
    browser.run(f"{LIVE}.querySelector('.canvas').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight")
    browser.run("new Promise(r => setTimeout(r, 200))")
    assert " at 10K" in spoken(browser)


def test_texts_of_a_study_stay_texts(browser, address):
    browser.open(address)
    assert "JORLDY as published <script>" in browser.run(f"{LIVE}.innerText")


def test_darkness_changes_the_page_and_its_curves(browser, address):
    colours = []
    for dark in (False, True):
        browser.open(address, dark=dark)
        ground = browser.run("getComputedStyle(document.body).backgroundColor")
        colours.append(ground)
    assert colours == ["rgb(255, 255, 255)", "rgb(21, 24, 27)"]


def test_paper_and_readers_without_scripts_have_the_pictures(browser, address):
    shown = "document.querySelector('#figure-curves-sampled .{}').offsetHeight > 0"
    browser.open(address)
    assert browser.run(shown.format("live"))
    assert not browser.run(shown.format("still"))
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert not browser.run(shown.format("live"))
    assert browser.run(shown.format("still"))
    assert browser.paper().startswith(b"%PDF")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open_still(address)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("document.querySelector('.live') === null")
    assert browser.run(shown.format("still"))
