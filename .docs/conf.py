"""Settings of Sphinx for both languages. `build.py` selects the language and collects the pages."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import vultorch_widget  # noqa: E402

project = "vultorch_widget"
author = "The vultorch_widget developers"
version = release = vultorch_widget.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "chinese_search",
    "gallery",
    "notebook_pages",
]
smartquotes_action = "D"  # turns the two hyphens that Sphinx writes into a dash
smartquotes_excludes: dict[str, list[str]] = {}  # the default excludes Chinese
exclude_patterns = ["downloads", "included"]
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "dollarmath", "tasklist"]
myst_heading_anchors = 3
locale_dirs = ["locale"]
gettext_compact = "site"  # one file for all pages

# In docstrings, single backticks name something in the package, which has to be in the reference.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [
    ("py:class", r"(torch|numpy|PIL|pathlib|collections|contextlib|os)\..*"),
    ("py:class", r"Image|ViewWidget|Names|Batch|optional|.*\.(Callback|OnPointer|Inspected)"),
    ("py:class", r"Layout|Columns|Statistics|Filter|np\.ndarray|npt\.NDArray"),
    ("py:class", r"vultorch_widget\.(annotations|inspection|loops|pictures)\..*"),  # what properties of a canvas return
    ("py:obj", "cmap"),
]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = False
napoleon_use_rtype = False
toc_object_entries_show_parents = "hide"
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_title = "vultorch_widget"
html_static_path = ["assets"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
templates_path = ["templates"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False  # summaries are fetched, which is forbidden for pages opened from files
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["languages.html", "theme-switcher.html"],
    "show_prev_next": True,
    "footer_start": ["copyright.html"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "back_to_top_button": False,
    "navigation_with_keys": False,
    "pygments_dark_style": "github-dark",
}
html_sidebars: dict[str, list[str]] = {"**": ["sidebar-nav-bs.html"], "index": [], "changelog": []}
copyright = f"{author}, MIT licence"  # noqa: A001 (Sphinx's name)


def languages(app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Adds the addresses of this page in both languages: English at the site's root, Chinese in ``zh``."""
    chinese = app.config.language != "en"
    root = "../" * (page.count("/") + chinese)
    twin = f"{page}.html"
    context["languages"] = [
        ("en", "English", f"{root}{twin}", not chinese),
        ("zh-CN", "中文", f"{root}zh/{twin}", chinese),
    ]


def short_name(app: Sphinx, env: Any, node: Any, content: Any) -> Any:
    """Resolves a name without its module, as docstrings write it, to any match in the reference."""
    if node.get("refdomain") != "py" or node.get("refspecific"):
        return None
    node["refspecific"] = True  # match any name that ends like this
    domain, place = env.domains.python_domain, node["refdoc"]
    return domain.resolve_xref(env, place, app.builder, node["reftype"], node["reftarget"], node, content)


def setup(app: Sphinx) -> None:
    # Sphinx does not notice changes of these extensions: this value makes it rebuild all pages.
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))).hexdigest()
    app.add_config_value("code_of_the_site", code, "env")
    app.connect("missing-reference", short_name)
    app.connect("html-page-context", languages)
