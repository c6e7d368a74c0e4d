/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfrySecret:
 *
 * Bytes that nobody is to find: a signing key, a password. Immutable, referenced and read from any
 * thread, and wiped when the last reference goes. Where the system allows they are never swapped
 * out, never in a core dump, and gone in a forked child. There is no way to print one.
 *
 * Each takes pages of its own, so this is for the handful of secrets that a service keeps, not for
 * one a client.
 */
typedef struct _BelfrySecret BelfrySecret;

/**
 * belfry_secret_new:
 * @bytes: (array length=length) (nullable): what is to be kept; the caller wipes its own copy
 * @length: how many bytes
 *
 * Returns: (transfer full): a copy of @bytes
 */
BelfrySecret *belfry_secret_new (gconstpointer bytes, gsize length);

/**
 * belfry_secret_new_take_text:
 * @text: (transfer full): text, which is wiped and freed
 *
 * Returns: (transfer full): the text's bytes, without its NUL
 */
BelfrySecret *belfry_secret_new_take_text (char *text);

BelfrySecret *belfry_secret_ref (BelfrySecret *self);
void belfry_secret_unref (BelfrySecret *self);

/**
 * belfry_secret_peek:
 * @length: (out) (optional): how many bytes there are
 *
 * Returns: (transfer none) (array length=length): the bytes, followed by a NUL that is not counted
 */
const char *belfry_secret_peek (const BelfrySecret *self, gsize *length);

/**
 * belfry_secret_equal:
 *
 * Returns: whether both hold the same bytes. The time this takes depends on the lengths alone.
 */
gboolean belfry_secret_equal (const BelfrySecret *self, const BelfrySecret *other);

/**
 * belfry_secret_equal_bytes:
 * @bytes: (array length=length) (nullable): what somebody claims the secret to be
 *
 * belfry_secret_equal() with bytes that are not worth keeping.
 */
gboolean belfry_secret_equal_bytes (const BelfrySecret *self, gconstpointer bytes, gsize length);

/**
 * belfry_secret_wipe_text:
 * @text: (nullable): text
 *
 * Overwrites a caller's copy of a secret, up to its NUL, in a way that no compiler leaves out.
 */
void belfry_secret_wipe_text (char *text);

/**
 * BelfrySecretText:
 *
 * A caller's own, short-lived copy of a secret: a string from GLib's allocator, for
 * `g_autoptr (BelfrySecretText)`.
 */
typedef char BelfrySecretText;

/**
 * belfry_secret_text_free:
 * @text: (transfer full) (nullable): text, which is wiped and freed
 */
void belfry_secret_text_free (BelfrySecretText *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfrySecret, belfry_secret_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfrySecretText, belfry_secret_text_free)

G_END_DECLS
