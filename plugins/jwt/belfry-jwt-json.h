/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <jansson.h>

#include "belfry-jwt-fault.h"

G_BEGIN_DECLS

/* Claims are flat in practice. */
#define BELFRY_JWT_MAX_DEPTH 16

/**
 * belfry_jwt_json_object_read:
 * @text: (array length=length): any bytes, with a NUL behind them
 * @fault: (out): why not
 *
 * Only JSON by the letter, and nested no deeper than %BELFRY_JWT_MAX_DEPTH, comes to jansson, which
 * recurses. A name that is there twice at the top is refused, since another reader could see the
 * other value.
 *
 * Returns: (transfer full) (nullable): an object
 */
json_t *belfry_jwt_json_object_read (const char *text, gsize length, BelfryJwtFault *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_t, json_decref)

G_END_DECLS
