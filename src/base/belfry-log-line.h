/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-log.h"

G_BEGIN_DECLS

/**
 * BelfryLogStyle:
 *
 * How a line looks outside the journal.
 */
typedef enum
{
  BELFRY_LOG_STYLE_PLAIN,    /* for files and pipes: full time, no colour */
  BELFRY_LOG_STYLE_TERMINAL, /* for people: short time, colour */
} BelfryLogStyle;

/**
 * belfry_log_level_name:
 *
 * Returns: (transfer none): `error`, `warning`, `notice`, `info` or `debug`
 */
const char *belfry_log_level_name (BelfryLogLevel level);

/**
 * belfry_log_level_parse:
 *
 * Returns: whether @name is a level's name; @level is set if so
 */
gboolean belfry_log_level_parse (const char *name, BelfryLogLevel *level);

/**
 * belfry_log_line_append_escaped:
 *
 * Appends @text so that it can neither break the line nor command a terminal: control characters
 * and what is not UTF-8 become backslash escapes.
 */
void belfry_log_line_append_escaped (GString *line, const char *text, gssize length);

/**
 * belfry_log_line_format:
 * @style: how it is to look
 * @wall: microseconds since 1970
 * @level: the level
 * @fields: (array length=n_fields): the line's fields as GLib hands them to a writer
 *
 * Returns: (transfer full): one line that ends in a line feed
 */
GString *belfry_log_line_format (BelfryLogStyle style,
                                 gint64 wall,
                                 BelfryLogLevel level,
                                 const GLogField *fields,
                                 gsize n_fields);

G_END_DECLS
