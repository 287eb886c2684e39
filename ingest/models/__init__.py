"""Footnote's own bilingual retrieval models: no torch, no download, numpy at run time.

`static` embeds English and Chinese text in one space and compares it word by word; `translations`
carries query words from one language into the other. `build` makes what both read.
"""
