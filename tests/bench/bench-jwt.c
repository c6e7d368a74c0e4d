/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "belfry-bench.h"
#include "belfry-jwt-verify.h"

/* What a client's token costs: all of the verification, beside the bare HMAC without which nobody
 * can do it. */

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)
#define ROUNDS 20000

typedef struct
{
  char *token;           /* (owned) */
  gsize signed_length;   /* of what the signature is about */
  BelfryJwtKeySet *keys; /* (owned) */
  BelfryJwtPolicy policy;
} Work;

static char *
encode (const void *bytes, gsize length)
{
  char *text = g_base64_encode (bytes, length);

  text[strcspn (text, "=")] = '\0';
  return g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
}

static void
sign (const char *text, gsize length, guint8 signature[32])
{
  unsigned n = 0;

  if (HMAC (EVP_sha256 (), SECRET, (int) strlen (SECRET), (const guint8 *) text, length, signature,
            &n) == NULL ||
      n != 32)
    abort ();
}

static void
work_init (Work *self, const char *claims)
{
  static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
  g_autofree char *first = encode (header, strlen (header));
  g_autofree char *second = encode (claims, strlen (claims));
  g_autofree char *text = g_strconcat (first, ".", second, NULL);
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);
  guint8 signature[32];

  g_ptr_array_add (keys, belfry_jwt_key_new_secret (SECRET, strlen (SECRET)));
  self->keys = belfry_jwt_key_set_new (keys, NULL);
  self->signed_length = strlen (text);
  sign (text, self->signed_length, signature);
  g_autofree char *third = encode (signature, sizeof signature);
  self->token = g_strconcat (text, ".", third, NULL);
  self->policy = (BelfryJwtPolicy){
    .algorithms = belfry_jwt_algorithm_bit (belfry_jwt_algorithm_find ("HS256")),
    .require_expiry = TRUE,
  };
}

static void
work_clear (Work *self)
{
  g_free (self->token);
  belfry_jwt_key_set_unref (self->keys);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static void
bare_hmac (gconstpointer data)
{
  const Work *work = data;
  guint8 signature[32];

  sign (work->token, work->signed_length, signature);
}

static void
verify (gconstpointer data)
{
  const Work *work = data;
  BelfryJwtFault fault;
  g_autoptr (BelfryJwtToken) token =
      belfry_jwt_verify (&work->policy, work->keys, work->token, NOW, &fault);

  if (token == NULL)
    abort ();
}

static void
compare (const char *shape, const char *claims)
{
  g_auto (Work) work;

  work_init (&work, claims);
  belfry_bench_compare (shape, 0, &(BelfryBenchSide){ "HMAC", bare_hmac, &work },
                        &(BelfryBenchSide){ "verify", verify, &work });
  gint64 begin = belfry_bench_cpu_ns ();
  for (guint i = 0; i < ROUNDS; i++)
    verify (&work);
  g_print ("%s: %.1f us of CPU for each token\n", shape,
           (double) (belfry_bench_cpu_ns () - begin) / ROUNDS / 1000);
}

int
main (int argc, char *argv[])
{
  belfry_bench_heading ("Verifying a token that is signed with HS256");
  compare ("small", "{\"sub\":\"alice\",\"exp\":1790000060}");
  compare ("usual", "{\"sub\":\"alice\",\"exp\":1790000060,\"iat\":1780000000,"
                    "\"iss\":\"https://issuer.example\",\"aud\":\"belfry\",\"jti\":\"7f3a\","
                    "\"roles\":[\"user\",\"admin\"]}");
  return 0;
}
