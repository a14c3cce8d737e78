#: title Python: wheels are made or chosen on the platform, in a stage of their own
#: detects requirements.txt
#: version python 3.13-slim
#: ignores .git .venv **/__pycache__
# On the platform itself, emulated where it is foreign: a wheel with native code is of one platform.
FROM python:@@version@@ AS wheels
WORKDIR /wheels
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --requirement requirements.txt

FROM python:@@version@@
ENV PYTHONUNBUFFERED=1
WORKDIR /app
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels --requirement /wheels/requirements.txt
COPY . .
USER 65532:65532
CMD ["python", "@@entry@@"]
