from starlette.applications import Starlette


def create(own):
    return Starlette()
