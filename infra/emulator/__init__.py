"""A local AWS for `make stack` and the tests: ministack, pinned to one release, with our own fixes over it.

Nothing of the product imports this package, and it imports nothing of the product. It runs in a virtual environment of
its own (`.venv-stack`), so that a Lambda can import only what is in its zip, in its layer, or boto3.
"""

PINNED_RELEASE = "1.5.33"
"""The fixes reach into this release's internals; another one must be looked at first."""
