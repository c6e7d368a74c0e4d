/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * BelfryTestHost:
 *
 * The service as a plugin sees it: a clock that stands still, and memberships that a test sets.
 */
#define BELFRY_TYPE_TEST_HOST (belfry_test_host_get_type ())
G_DECLARE_FINAL_TYPE (BelfryTestHost, belfry_test_host, BELFRY, TEST_HOST, GObject)

BelfryTestHost *belfry_test_host_new (void);

/* Moves both clocks, which begin at one second. @by: microseconds */
void belfry_test_host_advance (BelfryTestHost *self, gint64 by);

void belfry_test_host_add_member (BelfryTestHost *self, const char *subject, const char *group);

/* From now on no membership can be found out. */
void belfry_test_host_fail_members (BelfryTestHost *self);

/* From now on questions of membership get no answer until they are cancelled. */
void belfry_test_host_hold_members (BelfryTestHost *self);

/* Returns: (transfer none): the groups that were asked for so far, each with a space behind it */
const char *belfry_test_host_get_asked (BelfryTestHost *self);

/**
 * belfry_test_identity:
 * @claims: (nullable): as in `tenant=acme role=editor plan=gold`; each `role` is a role
 *
 * Returns: (transfer full): a user
 */
BelfryIdentity *belfry_test_identity (const char *subject, const char *claims);

/**
 * belfry_test_plugin_settings:
 * @text: a line for each key, as in `file=/etc/x`
 *
 * Returns: (transfer full): the settings of a plugin that is called "test"
 */
BelfryPluginSettings *belfry_test_plugin_settings (const char *text);

G_END_DECLS
