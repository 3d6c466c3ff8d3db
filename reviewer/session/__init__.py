"""The shell around a review: what is reviewed, by whom, and how it goes on from what was reviewed before."""

from reviewer.session.opening import open_session, store_for
from reviewer.session.session import Session
from reviewer.session.subject import Subject

__all__ = ["Session", "Subject", "open_session", "store_for"]
