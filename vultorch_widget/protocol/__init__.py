"""All message types, their validation, and the TypeScript generated from them.

The rooms that handle a message define its effect.
"""
