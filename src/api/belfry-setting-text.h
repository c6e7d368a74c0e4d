/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Numbers, durations, sizes and truth as they are written in the service's own groups: a test holds
 * the two together. Pure functions: any thread, no locale. */

gboolean belfry_setting_parse_boolean (const char *text, gint64 *value);
gboolean belfry_setting_parse_integer (const char *text, gint64 *value);
gboolean belfry_setting_parse_duration (const char *text, gint64 *value);
gboolean belfry_setting_parse_size (const char *text, gint64 *value);

/* As a person would write it. (transfer full) */
char *belfry_setting_format_duration (gint64 value);
char *belfry_setting_format_size (gint64 value);

G_END_DECLS
