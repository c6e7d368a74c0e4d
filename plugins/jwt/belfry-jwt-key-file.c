/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belfry-jwt-jwk.h"

/* Files that the administrator named. Read when the configuration is, and when they change; no
 * client can trigger it. */

#define NO_KEYS "expected public keys: PEM (-----BEGIN PUBLIC KEY-----), or a JSON Web Key Set"

/* What stands between two lines of dashes; all of it is OpenSSL's memory. */
typedef struct
{
  char *name;    /* (owned) */
  char *header;  /* (owned) */
  guint8 *bytes; /* (owned) */
  long length;
} Block;

typedef int Descriptor;

static void
close_descriptor (Descriptor *self)
{
  if (*self >= 0)
    close (*self);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, close_descriptor)

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY, message);
  return FALSE;
}

static gboolean
read_all (int fd, GString *content, GError **error)
{
  char chunk[4096];

  while (content->len <= BELFRY_JWT_MAX_KEY_FILE)
    {
      gssize n = read (fd, chunk, sizeof chunk);

      if (n == 0)
        return TRUE;
      if (n < 0 && errno != EINTR)
        return refuse (error, "%s", g_strerror (errno));
      if (n > 0)
        g_string_append_len (content, chunk, n);
    }
  return refuse (error, "larger than %d KiB", BELFRY_JWT_MAX_KEY_FILE / 1024);
}

/* (transfer full) (nullable): the whole file. A pipe is opened without waiting for a writer, and
 * then refused. */
static GString *
read_content (const char *path, GError **error)
{
  g_autoptr (GString) content = g_string_new (NULL);
  g_auto (Descriptor) fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;

  if (fd < 0 || fstat (fd, &status) < 0)
    {
      refuse (error, "%s", g_strerror (errno));
      return NULL;
    }
  if (!S_ISREG (status.st_mode))
    {
      refuse (error, "not a regular file");
      return NULL;
    }
  if (status.st_mode & S_IWOTH)
    {
      refuse (error, "everybody can write to it, and so sign in as anybody");
      return NULL;
    }
  return read_all (fd, content, error) ? g_steal_pointer (&content) : NULL;
}

static void
block_clear (Block *self)
{
  OPENSSL_free (self->name);
  OPENSSL_free (self->header);
  OPENSSL_free (self->bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Block, block_clear)

/* (transfer full) (nullable) */
static EVP_PKEY *
block_to_key (const Block *block)
{
  const guint8 *bytes = block->bytes;
  EVP_PKEY *public_key = NULL;

  if (strcmp (block->name, PEM_STRING_PUBLIC) == 0)
    public_key = d2i_PUBKEY (NULL, &bytes, block->length);
  else if (strcmp (block->name, PEM_STRING_RSA_PUBLIC) == 0)
    public_key = d2i_PublicKey (EVP_PKEY_RSA, NULL, &bytes, block->length);
  ERR_clear_error ();
  return public_key;
}

/* Whether there was one more; if not, @error is set unless it was the end. */
static gboolean
read_block (BIO *bio, GPtrArray *keys, GError **error)
{
  g_auto (Block) block = { NULL };

  if (!PEM_read_bio (bio, &block.name, &block.header, &block.bytes, &block.length))
    {
      if (ERR_GET_REASON (ERR_peek_last_error ()) != PEM_R_NO_START_LINE || keys->len == 0)
        refuse (error, NO_KEYS);
      ERR_clear_error ();
      return FALSE;
    }
  g_autoptr (EVP_PKEY) public_key = block_to_key (&block);
  if (public_key == NULL)
    return refuse (error, NO_KEYS);
  BelfryJwtKey *key = belfry_jwt_key_new_public (public_key, error);
  if (key != NULL)
    g_ptr_array_add (keys, key);
  return key != NULL;
}

static gboolean
read_pem (const char *text, gsize length, GPtrArray *keys, GError **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (text, (int) length);
  g_autoptr (GError) reason = NULL;

  if (strstr (text, "PRIVATE KEY-----") != NULL)
    return refuse (error, "holds a private key: expected public keys only");
  while (read_block (bio, keys, &reason))
    continue;
  if (reason == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gboolean
read_keys (const GString *content, GPtrArray *keys, GError **error)
{
  const char *text = content->str;

  if (memchr (text, '\0', content->len) != NULL)
    return refuse (error, NO_KEYS);
  if (text[strspn (text, " \t\r\n")] == '{')
    return belfry_jwt_jwks_read (text, content->len, keys, error);
  return read_pem (text, content->len, keys, error);
}

static gboolean
has_use (const GPtrArray *keys, BelfryJwtAlgorithms algorithms)
{
  for (guint i = 0; i < keys->len; i++)
    {
      const BelfryJwtKey *key = keys->pdata[i];

      if (key->only != NULL ? (algorithms & belfry_jwt_algorithm_bit (key->only)) != 0
                            : belfry_jwt_algorithms_have_family (algorithms, key->family))
        return TRUE;
    }
  return FALSE;
}

gboolean
belfry_jwt_key_file_read (const char *path,
                          const char *issuer,
                          BelfryJwtAlgorithms algorithms,
                          GPtrArray *keys,
                          GError **error)
{
  g_autoptr (GPtrArray) found =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);
  g_autoptr (GString) content = read_content (path, error);

  if (content == NULL || !read_keys (content, found, error) ||
      (!has_use (found, algorithms) &&
       !refuse (error, "none of its keys goes with the algorithms that are allowed")))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  for (guint i = 0; i < found->len; i++)
    {
      BelfryJwtKey *key = found->pdata[i];

      key->issuer = g_strdup (issuer);
    }
  g_ptr_array_extend_and_steal (keys, g_steal_pointer (&found));
  return TRUE;
}
