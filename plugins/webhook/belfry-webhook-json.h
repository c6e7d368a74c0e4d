/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * belfry_webhook_json_parse:
 * @max_depth: how deep objects and arrays may nest
 *
 * Reads an object out of bytes that nobody has looked at yet.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %BELFRY_PLUGIN_ERROR_FAILED
 */
JsonObject *belfry_webhook_json_parse (GBytes *content, guint max_depth, GError **error);

G_END_DECLS
