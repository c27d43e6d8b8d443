"""How a message reaches a channel: one module for each kind of channel, listed in `kinds`.

A sender sends one message once and says by its errors whether another attempt makes sense. What is
sent, when and how often is decided elsewhere: this keeps no state, waits for nothing and knows no
configuration but its own channel. `wording` has what people read.
"""
