# The assembled service. Written without a container engine at hand: not tested yet.
#   make docker-run FROM=labs        SIGTERM (docker stop) drains it; the debug port stays inside the container
FROM python:3.13-slim
ARG NOTEBOOKS=labs
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY labs labs
COPY autograder autograder
COPY ${NOTEBOOKS} ${NOTEBOOKS}
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

RUN useradd --create-home service
USER service
ENV BIND=0.0.0.0 PORT=8080 NOTEBOOKS=${NOTEBOOKS}
EXPOSE 8080
STOPSIGNAL SIGTERM
# exec form through sh, which is replaced: signals reach the service itself
ENTRYPOINT ["sh", "-c", "exec servicelab run --from \"$NOTEBOOKS\""]
