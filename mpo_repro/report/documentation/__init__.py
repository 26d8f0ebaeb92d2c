"""The parts of docs/ that are written by machine, and what the site needs.

A page is Markdown by hand around blocks between two comments,

    <!-- generated: errata -->
    ...
    <!-- end -->

which `python -m mpo_repro.report.documentation` fills from the code, the recipes, the
errata and the published certificates; a test holds that they are current. Formulas
stand between dollar signs: whoever shows Markdown typesets them, and the site (`site`)
draws them by `mpo_repro.report.typeset`, without a network or JavaScript.
"""
