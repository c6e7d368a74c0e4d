/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-test-files.h"

G_BEGIN_DECLS

/**
 * BelfryTestDaemon:
 *
 * A daemon of the build tree as a process of its own, with its log as lines and a configuration
 * file of its own. It is killed, by its pid, when it is freed while it still runs.
 */
typedef struct _BelfryTestDaemon BelfryTestDaemon;

/**
 * belfry_test_daemon_new:
 * @config: the content of its configuration file
 *
 * Prepares a daemon that is not started yet. Nothing of the caller's environment that speaks to
 * services gets through.
 */
BelfryTestDaemon *belfry_test_daemon_new (const char *config);
void belfry_test_daemon_free (BelfryTestDaemon *self);

/* Before the start: what it is given. */

void belfry_test_daemon_set_env (BelfryTestDaemon *self, const char *name, const char *value);
void belfry_test_daemon_add_arg (BelfryTestDaemon *self, const char *arg);
void belfry_test_daemon_set_stderr (BelfryTestDaemon *self, const char *path);

/**
 * belfry_test_daemon_close_standard:
 *
 * Starts it without standard input, output and error.
 */
void belfry_test_daemon_close_standard (BelfryTestDaemon *self);

/**
 * belfry_test_daemon_pass_fd:
 * @fd: (transfer full): a descriptor that the process gets as the next number from 3 on
 *
 * From the first one on, the process also gets LISTEN_PID with its own pid.
 */
void belfry_test_daemon_pass_fd (BelfryTestDaemon *self, int fd);

void belfry_test_daemon_start (BelfryTestDaemon *self);

/* While it runs. */

/**
 * belfry_test_daemon_write_config:
 *
 * Replaces its configuration file.
 */
void belfry_test_daemon_write_config (BelfryTestDaemon *self, const char *config);
char *belfry_test_daemon_get_config_path (BelfryTestDaemon *self);

void belfry_test_daemon_signal (BelfryTestDaemon *self, int number);

/**
 * belfry_test_daemon_wait_log:
 * @pattern: with `*` and `?`
 *
 * Waits until a line of its log matches, from the one after the last that matched on.
 */
void belfry_test_daemon_wait_log (BelfryTestDaemon *self, const char *pattern);

/**
 * belfry_test_daemon_has_logged:
 *
 * Returns: whether a line of its log so far matches
 */
gboolean belfry_test_daemon_has_logged (BelfryTestDaemon *self, const char *pattern);

/**
 * belfry_test_daemon_wait_exit:
 *
 * Waits until it has ended and all that it wrote is read.
 *
 * Returns: its exit status, or 128 and the number of the signal that killed it
 */
int belfry_test_daemon_wait_exit (BelfryTestDaemon *self);

/**
 * belfry_test_daemon_get_stdout:
 *
 * Returns: (transfer none): what it wrote to its standard output so far
 */
const char *belfry_test_daemon_get_stdout (BelfryTestDaemon *self);

pid_t belfry_test_daemon_get_pid (BelfryTestDaemon *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestDaemon, belfry_test_daemon_free)

G_END_DECLS
