#!/bin/sh
# What was compiled when the image was built is copied to where numba may write: it takes no folder that it may not.
set -e
mkdir -p "$XDG_CACHE_HOME"
cp -R /opt/cache/. "$XDG_CACHE_HOME"
exec python -m awslambdaric "$@"
