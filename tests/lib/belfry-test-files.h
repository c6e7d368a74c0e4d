/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BelfryTestDir:
 *
 * A folder of a test's own, gone with all that is in it when it is freed.
 */
typedef char BelfryTestDir;

BelfryTestDir *belfry_test_dir_new (void);
void belfry_test_dir_free (BelfryTestDir *self);

/**
 * belfry_test_dir_path:
 *
 * Returns: (transfer full): the absolute path of what @name is called inside
 */
char *belfry_test_dir_path (const BelfryTestDir *self, const char *name);

/**
 * belfry_test_dir_write:
 * @name: a relative path; the folders on the way are made
 * @length: how long @content is, or -1 for text
 *
 * Returns: (transfer full): the absolute path of the file that was written
 */
char *belfry_test_dir_write (const BelfryTestDir *self,
                             const char *name,
                             const char *content,
                             gssize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestDir, belfry_test_dir_free)

G_END_DECLS
