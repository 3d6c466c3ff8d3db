"""The walk by line prompts: sentences out, letters in. Nothing is drawn, coloured or moved.

For screen readers, terminals that can do nothing but print, slow links. It says what the full screen shows.
"""
