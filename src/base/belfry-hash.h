/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sixteen bytes that nobody else knows, as two numbers of which the first byte is the lowest. */
typedef struct
{
  guint64 k0;
  guint64 k1;
} BelfryHashKey;

/**
 * belfry_hash_siphash:
 *
 * SipHash-1-3 of @length bytes.
 */
guint64 belfry_hash_siphash (const BelfryHashKey *key, gconstpointer bytes, gsize length);

/**
 * belfry_hash_bytes:
 *
 * With a key that this process has chosen at random. For tables whose keys strangers choose, who
 * could make all of them fall into one place if they knew how it is found: so it must never be
 * told to anybody, nor kept beyond the process. Any thread.
 */
guint belfry_hash_bytes (gconstpointer bytes, gsize length);

/**
 * belfry_hash_text:
 *
 * The same of a text, as a #GHashFunc.
 */
guint belfry_hash_text (gconstpointer text);

G_END_DECLS
