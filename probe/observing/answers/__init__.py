"""What came back: read strictly, parsed, compared with expectations, kept as evidence.

Belongs here: foreign formats (JSON, HTML, event streams, dates, rate limits) and what they say
about the server. Never: a request, a connection, or what one answer means for a whole run.
"""
