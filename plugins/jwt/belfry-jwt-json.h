/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "belfry-jwt-fault.h"

G_BEGIN_DECLS

/* Claims are flat in practice. */
#define BELFRY_JWT_MAX_DEPTH 16

/**
 * belfry_jwt_json_object_read:
 * @text: (array length=length): any bytes, with a NUL behind them
 * @fault: (out): why not
 *
 * Only JSON by the letter, and nested no deeper than %BELFRY_JWT_MAX_DEPTH, comes to json-glib,
 * which recurses, and loses memory over what it refuses. A name that is there twice at the top is
 * refused, since another reader could see the other value.
 *
 * Returns: (transfer full) (nullable): an immutable node that holds an object
 */
JsonNode *belfry_jwt_json_object_read (const char *text, gsize length, BelfryJwtFault *fault);

G_END_DECLS
