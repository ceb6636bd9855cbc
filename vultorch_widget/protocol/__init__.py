"""Every type that crosses the wire, how it is validated, and the TypeScript made from it.

What a message does belongs to the room that hears it.
"""
