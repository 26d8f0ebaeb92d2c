"""Figures and the page of a study, made from its collected data alone."""
