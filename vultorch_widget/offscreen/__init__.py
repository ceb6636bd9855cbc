"""Pictures made for files rather than for pages: snapshots, the frames of films, the key frames of replays."""
