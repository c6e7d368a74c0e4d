/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-log.h"

G_BEGIN_DECLS

/**
 * BelfryLogSink:
 *
 * Where the process's log goes: to the journal with all fields if the descriptor leads there, else
 * as lines of text, in colour on a terminal. Writing text never blocks for longer than a moment and
 * never fails: lines that cannot be written (a full disk, a reader that stopped) are counted, and
 * the count is written as soon as that is possible.
 */
typedef struct _BelfryLogSink BelfryLogSink;

/**
 * belfry_log_sink_new:
 * @fd: the descriptor, usually standard error; stays the caller's
 */
BelfryLogSink *belfry_log_sink_new (int fd);
void belfry_log_sink_free (BelfryLogSink *self);

/**
 * belfry_log_sink_install:
 * @self: (transfer full): the sink, which lives as long as the process from now on
 *
 * Makes it take all lines of the process, GLib's and other libraries' included. GLib allows this
 * once.
 */
void belfry_log_sink_install (BelfryLogSink *self);

/**
 * belfry_log_sink_write:
 *
 * Takes one line, as a #GLogWriterFunc does. Any thread.
 */
GLogWriterOutput belfry_log_sink_write (BelfryLogSink *self,
                                        GLogLevelFlags flags,
                                        const GLogField *fields,
                                        gsize n_fields);

/**
 * belfry_log_sink_get_lost:
 *
 * Returns: how many lines were lost since a line was last written
 */
guint belfry_log_sink_get_lost (BelfryLogSink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryLogSink, belfry_log_sink_free)

G_END_DECLS
