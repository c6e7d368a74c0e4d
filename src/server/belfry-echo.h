/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-client.h"

G_BEGIN_DECLS

/**
 * belfry_echo_handler:
 *
 * Sends every message back as it came: for conformance suites and measurements, never in an
 * installed configuration.
 */
extern const BelfryEndpointHandler belfry_echo_handler;

G_END_DECLS
