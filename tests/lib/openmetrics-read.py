#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Reads OpenMetrics text, as strictly as Prometheus' own library does, and says what it understood.

One line for each sample: its family, kind and unit, its name, its labels as JSON, its value. Exit status 77: the
library is not installed.
"""

import json
import sys

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    sys.exit(77)

for family in text_string_to_metric_families(sys.stdin.read()):
    print("family", family.name, family.type, family.unit or "-", json.dumps(family.documentation))
    for sample in family.samples:
        print(sample.name, json.dumps(sample.labels, sort_keys=True), sample.value)
