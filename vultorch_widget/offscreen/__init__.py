"""Pictures for files rather than for pages: snapshots, film frames and the key frames of replays."""
