package main

import (
	"errors"
	"math"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
	ierror "github.com/apache/iggy/foreign/go/errors"
)

func ping(client iggcon.Client, _ *arguments) (any, error) {
	return nil, client.Ping()
}

func logIn(client iggcon.Client, args *arguments) (any, error) {
	identity, err := client.LoginUser(*args.Username, args.Password)
	return found(identity, err, showIdentity)
}

func logInWithToken(client iggcon.Client, args *arguments) (any, error) {
	identity, err := client.LoginWithPersonalAccessToken(args.Token)
	return found(identity, err, showIdentity)
}

func logOut(client iggcon.Client, _ *arguments) (any, error) {
	return nil, client.LogoutUser()
}

func getClient(client iggcon.Client, args *arguments) (any, error) {
	return protectedFromEmpty(func() (any, error) {
		info, err := client.GetClient(args.ClientID)
		return found(info, err, showClientDetails)
	})
}

// protectedFromEmpty: this client reads the empty answer about a client that is missing as if there
// were one, and panics.
func protectedFromEmpty(action func() (any, error)) (result any, err error) {
	defer func() {
		if recover() != nil {
			result, err = nil, notOffered("this client panics when a client is missing")
		}
	}()
	return action()
}

func listClients(client iggcon.Client, _ *arguments) (any, error) {
	clients, err := client.GetClients()
	return found(clients, err, list(showClient))
}

func getStats(client iggcon.Client, _ *arguments) (any, error) {
	stats, err := client.GetStats()
	return found(stats, err, showStats)
}

func getCluster(client iggcon.Client, _ *arguments) (any, error) {
	metadata, err := client.GetClusterMetadata()
	return found(metadata, err, showCluster)
}

func createUser(client iggcon.Client, args *arguments) (any, error) {
	status, err := args.userStatus()
	if err != nil {
		return nil, err
	}
	if status == nil {
		status = new(iggcon.UserStatus)
	}
	rights := args.Permissions.forClient()
	created, err := client.CreateUser(*args.Username, args.Password, *status, rights)
	return found(created, err, showUserDetails)
}

// userStatus answers nil for none.
func (a *arguments) userStatus() (*iggcon.UserStatus, error) {
	if a.Status == nil {
		return nil, nil
	}
	for status, name := range userStatusNames {
		if name == *a.Status {
			return &status, nil
		}
	}
	return nil, misunderstood("unknown status " + *a.Status)
}

func getUser(client iggcon.Client, args *arguments) (any, error) {
	user, err := client.GetUser(args.User.Identifier)
	return foundOrNull(user, err, ierror.ErrResourceNotFound, showUserDetails)
}

func listUsers(client iggcon.Client, _ *arguments) (any, error) {
	users, err := client.GetUsers()
	return found(users, err, list(showUser))
}

func updateUser(client iggcon.Client, args *arguments) (any, error) {
	status, err := args.userStatus()
	if err != nil {
		return nil, err
	}
	if args.Username == nil && status == nil {
		return nil, notOffered("this client panics when nothing is to be updated")
	}
	return nil, client.UpdateUser(args.User.Identifier, args.Username, status)
}

func updatePermissions(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.UpdatePermissions(args.User.Identifier, args.Permissions.forClient())
}

func changePassword(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.ChangePassword(args.User.Identifier, args.Current, args.Next)
}

func deleteUser(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.DeleteUser(args.User.Identifier)
}

// createToken: the client writes its 32 bits of the expiry where the upper half belongs.
func createToken(client iggcon.Client, args *arguments) (any, error) {
	expiry, err := amount(args.ExpiryMicros, "never")
	if err != nil {
		return nil, err
	}
	if expiry&math.MaxUint32 != 0 {
		return nil, notOffered("this client multiplies the expiry of a token by 4294967296")
	}
	created, err := client.CreatePersonalAccessToken(args.Name, uint32(expiry>>32))
	return found(created, err, showToken)
}

// listTokens: the client makes an error of a list without tokens.
func listTokens(client iggcon.Client, _ *arguments) (any, error) {
	tokens, err := client.GetPersonalAccessTokens()
	if errors.Is(err, ierror.ErrEmptyMessagePayload) {
		err = nil
	}
	return found(tokens, err, list(showTokenInfo))
}

func deleteToken(client iggcon.Client, args *arguments) (any, error) {
	return nil, client.DeletePersonalAccessToken(args.Name)
}
