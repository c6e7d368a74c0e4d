/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BelfryCertificate:
 *
 * The certificate that all workers show, which a reload may exchange while they do. New handshakes
 * have the new one; connections keep theirs. Reference-counted; any thread.
 */
typedef struct _BelfryCertificate BelfryCertificate;

/* Returns: (transfer full): a holder of no certificate yet */
BelfryCertificate *belfry_certificate_new (void);
BelfryCertificate *belfry_certificate_ref (BelfryCertificate *self);
void belfry_certificate_unref (BelfryCertificate *self);

/**
 * belfry_certificate_load:
 * @chain: a PEM file: the certificate and those above it
 * @key: a PEM file: its private key
 * @error: %BELFRY_ERROR_INVALID_CONFIG, naming the file; what was in force stays so
 *
 * Reads files: for the main thread, at start and reload.
 */
gboolean belfry_certificate_load (BelfryCertificate *self,
                                  const char *chain,
                                  const char *key,
                                  GError **error);

/* Returns: (transfer full) (nullable): the certificate in force */
GTlsCertificate *belfry_certificate_get (BelfryCertificate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCertificate, belfry_certificate_unref)

G_END_DECLS
