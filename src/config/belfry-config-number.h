/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * belfry_config_parse_integer:
 *
 * Returns: whether @text is a whole number of digits alone that fits; @value is set if so
 */
gboolean belfry_config_parse_integer (const char *text, gint64 *value);

/**
 * belfry_config_parse_duration:
 *
 * Returns: whether @text is a whole number with one of the units ms, s, min, h, or `0`; @value is
 * set to microseconds if so
 */
gboolean belfry_config_parse_duration (const char *text, gint64 *value);

/**
 * belfry_config_parse_size:
 *
 * Returns: whether @text is a whole number of bytes, or one with one of the units KiB, MiB, GiB;
 * @value is set to bytes if so
 */
gboolean belfry_config_parse_size (const char *text, gint64 *value);

/**
 * belfry_config_parse_boolean:
 *
 * Returns: whether @text is yes, no, true, false, on, off, 1 or 0; @value is set if so
 */
gboolean belfry_config_parse_boolean (const char *text, gint64 *value);

/* The shortest exact way to write a value, which the functions above read. (transfer full) */
char *belfry_config_format_integer (gint64 value);
char *belfry_config_format_duration (gint64 value);
char *belfry_config_format_size (gint64 value);
char *belfry_config_format_boolean (gint64 value);

G_END_DECLS
