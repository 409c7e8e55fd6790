"""The container function that scores headlines with language models: image and entry point."""
