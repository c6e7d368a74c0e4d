/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest `Sec-WebSocket-Extensions` that is looked at; browsers send some 50 bytes. */
#define BELFRY_EXTENSIONS_MAX 1024

/**
 * BelfryExtensionsAnswer:
 *
 * What becomes of the extensions that a client offers.
 */
typedef enum
{
  BELFRY_EXTENSIONS_DECLINED,  /* go on without: answer no extension */
  BELFRY_EXTENSIONS_DEFLATE,   /* permessage-deflate, on the terms found */
  BELFRY_EXTENSIONS_MALFORMED, /* not the grammar: RFC 6455 wants the handshake refused */
} BelfryExtensionsAnswer;

/**
 * BelfryDeflateTerms:
 *
 * What was agreed on with one client, besides that neither side keeps a context from message to
 * message.
 */
typedef struct
{
  guint8 window_bits; /* a message from us must not refer back over more than 2 to this power */
  guint8 asked : 1;   /* the client named the window, so the answer must */
} BelfryDeflateTerms;

/**
 * belfry_extensions_negotiate:
 * @header: (array length=length): the value of `Sec-WebSocket-Extensions`; several fields joined by
 * commas
 * @length: its length
 * @terms: (out): set if permessage-deflate is accepted
 *
 * Takes the first offer of permessage-deflate that RFC 7692 lets us take. An offer with a parameter
 * that is unknown, stands twice or has a wrong value is passed over.
 */
BelfryExtensionsAnswer
belfry_extensions_negotiate (const char *header, gsize length, BelfryDeflateTerms *terms);

/**
 * belfry_deflate_terms_to_header:
 *
 * Returns: (transfer full): the value of `Sec-WebSocket-Extensions` that accepts the terms
 */
char *belfry_deflate_terms_to_header (const BelfryDeflateTerms *terms);

/**
 * belfry_deflate_terms_allow:
 * @terms: what was agreed on
 * @length: the length of a message before compression
 *
 * A message is compressed once for all clients, with the largest window. It cannot refer back over
 * more than its own length, though, so that it suits even a client with a small window if it is
 * short. A client that it does not suit is sent the message as it is.
 *
 * Returns: whether the shared compressed message may be sent to this client
 */
gboolean belfry_deflate_terms_allow (const BelfryDeflateTerms *terms, gsize length);

G_END_DECLS
