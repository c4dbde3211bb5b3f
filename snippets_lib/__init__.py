"""Tandem's library: find the snippets, run them, compare them, record them, show them.

Its modules read downwards, each importing only from those before it:
`model`, `literals`, `catalog`, `figures`, `workers`, `execute`, `compare`, `record`, `judge`, `pages`, `render`,
`markdown`, `export`, `scaffold`, `cli`.
Left of `record` code runs and needs the frameworks; right of it the site is built from text alone.
"""
