"""Run folders -> tidy tables -> score matrix and curves; published curves beside them.

The room reads folders and never asks which trainer wrote them.
"""
