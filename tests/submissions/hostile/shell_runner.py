"""
attack: the functions of the process that runs the cells replaced, found by walking frames
deserves: nothing
"""

CELL = """\
import sys

frame = sys._getframe()
while frame is not None:
    session = frame.f_locals.get("session")
    if session is not None and hasattr(session, "run_check"):
        honest = session.run_check

        def run_check(namespace, source, schedules, seed, emit, *rest, **more):
            for schedule in range(len(schedules)):
                emit(["begin", 0, schedule])
                emit(["saw", 0, ["bool", True]])
                emit(["end", 0, schedule, [], 0.0])
            emit(["done", 1])

        session.run_check = run_check
    frame = frame.f_back
"""
