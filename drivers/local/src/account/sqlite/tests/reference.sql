PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE update_done (
                update_number INT NOT NULL
            );
INSERT INTO update_done VALUES(1);
INSERT INTO update_done VALUES(2);
INSERT INTO update_done VALUES(3);
INSERT INTO update_done VALUES(4);
INSERT INTO update_done VALUES(5);
INSERT INTO update_done VALUES(6);
CREATE TABLE bucket (
               bucket_name TEXT NOT NULL,
               bucket_id TEXT NOT NULL
           );
INSERT INTO bucket VALUES('photos','1');
INSERT INTO bucket VALUES('films','2');
INSERT INTO bucket VALUES('photos','3');
CREATE TABLE bucket_upload_url (
               bucket_id TEXT NOT NULL,
               upload_url TEXT NOT NULL,
               upload_auth_token TEXT NOT NULL
           );
CREATE TABLE account (
                        account_id TEXT NOT NULL,
                        application_key TEXT NOT NULL,
                        account_auth_token TEXT NOT NULL,
                        api_url TEXT NOT NULL,
                        download_url TEXT NOT NULL,
                        absolute_minimum_part_size INT NOT NULL,
                        recommended_part_size INT NOT NULL,
                        realm TEXT NOT NULL,
                        allowed TEXT,
                        account_id_or_app_key_id TEXT,
                        s3_api_url TEXT    
                    );
INSERT INTO account VALUES('4aa9865d6f00','K000secret','4_token','https://api000.example','https://f000.example',5000000,100000000,'production','{"buckets": [{"id": "8d62", "name": "it''s-za\u017c\u00f3\u0142\u0107"}], "capabilities": ["listBuckets", "newRight"], "namePrefix": "a''b/"}','0004aa9865d6f000000000001','https://s3.example');
COMMIT;
